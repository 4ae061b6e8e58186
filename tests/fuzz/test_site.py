import os
import time

import pytest
from hypothesis import HealthCheck, Phase, settings

N = int(os.environ.get("N", "15"))
from hypothesis.stateful import run_state_machine_as_test

from guidance.rules.guide import Guide
from tests.fuzz import browser, machine, promises
from tests.fuzz.tally import Tally


@pytest.mark.django_db
def test_whatever_strangers_do_the_site_keeps_its_promises(roles, guide: Guide):
    tally = Tally()
    with browser.one_connection(), promises.watching() as watched:
        machine.Strangers.world = machine.world(guide, tally, watched)
        t = time.time()
        run_state_machine_as_test(
            machine.Strangers,
            settings=settings(
                max_examples=N,
                stateful_step_count=30,
                deadline=None,
                phases=[Phase.generate],
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
        for k in sorted(machine.SEEN):
            print("SEEN", k, machine.SEEN[k])
        print("\n".join(tally.lines()), time.time() - t)
