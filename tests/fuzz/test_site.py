"""The whole site as strangers, visitors and staff may come upon it: see `machine`."""

import time

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from guidance.rules.guide import Guide
from tests.fuzz import browser, machine, promises
from tests.fuzz.conftest import REQUESTS
from tests.fuzz.tally import Tally

SHARE = 0.8
"""Of the requests of a long run; the API has the rest."""


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_whatever_anybody_does_the_site_keeps_its_promises(
    roles: None, guide: Guide, of_the_site: Tally, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = settings(
        max_examples=100 if REQUESTS else 30,
        stateful_step_count=30,
        phases=[Phase.generate],  # to shrink takes minutes, and the request that failed says enough
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    begun = said = time.monotonic()
    with browser.one_connection(), promises.watching() as watched:
        machine.Strangers.world = machine.world(guide, of_the_site, watched)
        while True:
            run_state_machine_as_test(machine.Strangers, settings=examples)
            if of_the_site.total >= REQUESTS * SHARE:
                break
            if time.monotonic() - said > 30:
                said = time.monotonic()
                with capsys.disabled():
                    rate = of_the_site.total / (said - begun)
                    print(f"{of_the_site.total:,} requests, {rate:.0f} a second", flush=True)
    assert {200, 302, 400, 403, 404, 405} <= set(of_the_site.statuses)
