# Read by gunicorn by itself where it is started in this folder; options on the command line still win.

from gunicorn.glogging import Logger

from cramps.logs import WithoutTokens


class logger_class(Logger):
    """Gunicorn's own, whose access and error logs name no token, whatever format they are given."""

    def setup(self, cfg):
        super().setup(cfg)
        for log in (self.access_log, self.error_log):
            log.addFilter(WithoutTokens())
