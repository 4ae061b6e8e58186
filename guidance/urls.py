from django.urls import path

from guidance.views import rationale, system, visitor

app_name = "guidance"

urlpatterns = [
    path("", visitor.start, name="start"),
    path("check/", visitor.check, name="check"),
    path("check/<slug:key>/", visitor.question, name="question"),
    path("answers/", visitor.answers, name="answers"),
    path("result/", visitor.result, name="result"),
    path("clear/", visitor.clear, name="clear"),
    path("article/", rationale.article, name="article"),
    path("releases/", rationale.releases_list, name="releases"),
    path("releases/<int:number>/", rationale.release, name="release"),
    path("api/assess", system.assess, name="assess"),
    path("api/guide", system.guide, name="guide"),
    path("healthz", system.healthz, name="healthz"),
]
