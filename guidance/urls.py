from django.urls import path

from guidance.views import explorer, preview, rationale, releases, sharing, system, visitor

app_name = "guidance"

urlpatterns = [
    path("", visitor.start, name="start"),
    path("check/", visitor.check, name="check"),
    path("check/<slug:key>/", visitor.question, name="question"),
    path("answers/", visitor.answers, name="answers"),
    path("result/", visitor.result, name="result"),
    path("clear/", visitor.clear, name="clear"),
    path("accessibility/", visitor.accessibility, name="accessibility"),
    path("share/", sharing.make, name="share"),
    path("share/deleted/", sharing.deleted, name="shared-deleted"),
    path("shared/<str:token>/", sharing.shared, name="shared"),
    path("shared/<str:token>/link/", sharing.link, name="shared-link"),
    path("shared/<str:token>/delete/", sharing.delete, name="shared-delete"),
    path("article/", rationale.article, name="article"),
    path("rationale/", rationale.overview, name="rationale"),
    path("rationale/rules/<slug:key>/", rationale.rule, name="rule"),
    path("rationale/rules/<slug:key>/try/", rationale.try_rule, name="try-rule"),
    path("rationale/guarantees/", rationale.guarantees, name="guarantees"),
    path("rationale/cases/", rationale.cases, name="cases"),
    path("rationale/cases/<slug:key>/", rationale.case, name="case"),
    path("rationale/map/", rationale.questions, name="map"),
    path("rationale/explorer/", explorer.explorer, name="explorer"),
    path("rationale/explorer/use/", explorer.use, name="explorer-use"),
    path("rationale/explorer/afresh/", explorer.afresh, name="explorer-afresh"),
    path("rationale/<slug:key>/", rationale.intervention, name="rationale-intervention"),
    path("releases/", releases.history, name="releases"),
    path("releases/<int:number>/", releases.release, name="release"),
    path("releases/<int:number>/guide.json", releases.document, name="document"),
    path("preview/draft/", preview.draft, name="preview-draft"),
    path("preview/draft/<path:path>", preview.draft, name="preview-draft-page"),
    path("preview/proposals/<int:number>/", preview.proposal, name="preview-proposal"),
    path("preview/proposals/<int:number>/<path:path>", preview.proposal, name="preview-proposal-page"),
    path("api/assess", system.assess, name="assess"),
    path("api/guide", system.guide, name="guide"),
    path("api/openapi.json", system.description, name="openapi"),
    path("healthz", system.healthz, name="healthz"),
    path("readyz", system.readyz, name="readyz"),
]
