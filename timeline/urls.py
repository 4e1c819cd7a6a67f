"""The addresses of codes."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from timeline.views import api, audit, code, debrief, details, home, imports, join, login, protocols, real, wall

urlpatterns = [
    path("", home.home, name="home"),
    path("start", home.start, name="start"),
    path("enrol", home.enrol_device, name="enrol"),
    path("join", join.join, name="join"),
    path("codes/<uuid:code_id>/", code.board, name="board"),
    path("codes/<uuid:code_id>/role", join.role, name="role"),
    path("codes/<uuid:code_id>/wall/", wall.wall, name="wall"),
    path("codes/<uuid:code_id>/details", details.details, name="details"),
    path("codes/<uuid:code_id>/real", real.real_patient, name="real_patient"),
    path("codes/<uuid:code_id>/wall/invite", join.wall_invitation, name="wall_invite"),
    path("codes/<uuid:code_id>/invite", join.make_invitation, name="invite"),
    path("codes/<uuid:code_id>/invite/revoke", join.revoke_invitations, name="invite_revoke"),
    path("api/codes/<uuid:code_id>/reading", api.reading, name="api_reading"),
    path("import/", imports.import_page, name="import"),
    path("accounts/login/", login.SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("codes/<uuid:code_id>/debrief/", debrief.debrief, name="debrief"),
    path("codes/<uuid:code_id>/take-in", debrief.take_in, name="take_in"),
    path("codes/<uuid:code_id>/outcome", debrief.add_outcome, name="add_outcome"),
    path("codes/<uuid:code_id>/debrief.pdf", debrief.debrief_pdf, name="debrief_pdf"),
    path("codes/<uuid:code_id>/timeline.svg", debrief.timeline_svg, name="timeline_svg"),
    path("codes/<uuid:code_id>/records.csv", debrief.records_csv, name="records_csv"),
    path("protocols/", protocols.protocols, name="protocols"),
    path("protocols/compare", protocols.protocol_compare, name="protocol_compare"),
    path("protocols/draft", protocols.new_draft, name="new_draft"),
    path("protocols/import", protocols.import_draft, name="import_draft"),
    path("protocols/drafts/<int:draft_id>/", protocols.draft, name="protocol_draft"),
    path("protocols/drafts/<int:draft_id>/publish", protocols.publish, name="publish_draft"),
    path("protocols/drafts/<int:draft_id>/discard", protocols.discard, name="discard_draft"),
    path("protocols/drafts/<int:draft_id>/draft.json", protocols.draft_json, name="draft_json"),
    path("protocols/drafts/<int:draft_id>/preview/<slug:screen>/", protocols.preview, name="draft_preview"),
    path("protocols/drafts/<int:draft_id>/<slug:section>/", protocols.draft, name="protocol_section"),
    path("protocols/<slug:key>/", protocols.protocol, name="protocol"),
    path("protocols/<slug:key>/sheet.pdf", protocols.protocol_sheet, name="protocol_sheet"),
    path("protocols/<slug:key>/protocol.json", protocols.protocol_json, name="protocol_json"),
    path("protocols/<slug:key>/retire", protocols.retire, name="retire_protocol"),
    path("protocols/<slug:key>/offer", protocols.offer_again, name="offer_protocol"),
    path("audit/", audit.audit, name="audit"),
    path("audit.csv", audit.audit_csv, name="audit_csv"),
]
