from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("guidance.urls")),
]

handler400 = "guidance.views.system.bad_request"
handler403 = "guidance.views.system.forbidden"
handler404 = "guidance.views.system.not_found"
handler500 = "guidance.views.system.failed"
