from django.urls import path

from guidance.views import preview, rationale, releases, sharing, system, visitor

app_name = "guidance"

urlpatterns = [
    path("", visitor.start, name="start"),
    path("check/", visitor.check, name="check"),
    path("check/<slug:key>/", visitor.question, name="question"),
    path("answers/", visitor.answers, name="answers"),
    path("result/", visitor.result, name="result"),
    path("clear/", visitor.clear, name="clear"),
    path("share/", sharing.make, name="share"),
    path("share/deleted/", sharing.deleted, name="shared-deleted"),
    path("shared/<str:token>/", sharing.shared, name="shared"),
    path("shared/<str:token>/link/", sharing.link, name="shared-link"),
    path("shared/<str:token>/delete/", sharing.delete, name="shared-delete"),
    path("article/", rationale.article, name="article"),
    path("releases/", releases.history, name="releases"),
    path("releases/<int:number>/", releases.release, name="release"),
    path("releases/<int:number>/guide.json", releases.document, name="document"),
    path("preview/draft/", preview.draft, name="preview-draft"),
    path("preview/draft/<path:path>", preview.draft, name="preview-draft-page"),
    path("preview/proposals/<int:number>/", preview.proposal, name="preview-proposal"),
    path("preview/proposals/<int:number>/<path:path>", preview.proposal, name="preview-proposal-page"),
    path("api/assess", system.assess, name="assess"),
    path("api/guide", system.guide, name="guide"),
    path("healthz", system.healthz, name="healthz"),
]
    path("readyz", system.readyz, name="readyz"),
