from django.urls import path

from support.widget import views

urlpatterns = [
    path("", views.home, name="home"),
    path("widget.js", views.loader, name="widget-loader"),
    path("widget/<slug:key>/", views.frame, name="widget"),
    path("demo/", views.demo, name="demo"),
]
