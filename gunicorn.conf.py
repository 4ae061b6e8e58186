# Read by gunicorn by itself where it is started in this folder; options on the command line still win.

import logging
import os

from gunicorn.glogging import Logger

from cramps import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cramps.settings")

# Python's warnings are lines of the log too.
logging.captureWarnings(True)

# Whoever is being answered when the process is told to stop has this long, in seconds, to get the answer.
graceful_timeout = 25

# For how many seconds a connection is left open that nothing comes over. A proxy leaves its end open too, Caddy for two
# minutes. Were this end closed first, a form that is sent at that moment would be lost, and no proxy sends it again.
keepalive = 130


class logger_class(Logger):
    """Gunicorn's own, in lines of JSON, whose access and error logs hold neither tokens nor more of an address than may
    be kept, whatever format they are given."""

    def setup(self, cfg):
        super().setup(cfg)
        for log in (self.access_log, self.error_log):
            log.addFilter(logs.WithoutTokens())
            for handler in log.handlers:
                handler.setFormatter(logs.Lines())

    def access(self, resp, req, environ, request_time):
        if self.cfg.accesslog:
            status = int(str(resp.status).split(maxsplit=1)[0])
            line = logs.request_line(status, getattr(resp, "sent", None), request_time.total_seconds(), environ)
            self.access_log.info("answered", extra={"request_line": line})
