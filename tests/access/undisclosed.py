"""Routes whose answers are not written down as disclosures, and why. Any other GET must say what it discloses."""

from collections.abc import Mapping

V1 = "/api/v1"

UNDISCLOSED: Mapping[str, frozenset[str]] = {
    "nobody's: it is the same for everybody, and about no person": frozenset(
        {
            *("/healthz", "/readyz", "/static/<path:filename>", f"{V1}/docs", f"{V1}/openapi.json"),
            *(f"{V1}/areas", f"{V1}/areas/<code>", f"{V1}/checklists", f"{V1}/checklists/<uuid:checklist_id>"),
            *(f"{V1}/intake/backlog", f"{V1}/notice-stages"),
        }
    ),
    "one's own": frozenset(
        {
            *(f"{V1}/me/csrf", f"{V1}/me/sign-ins", f"{V1}/me/identities"),
            *(f"{V1}/me", f"{V1}/me/calendar", f"{V1}/tours", f"{V1}/tours/<uuid:tour_id>"),
            *(f"{V1}/tours/<uuid:tour_id>.geojson", f"{V1}/tours/<uuid:tour_id>.gpx"),
        }
    ),
    "the way to a provider of identities and back": frozenset({"/sign-in/oidc", "/sign-in/oidc/callback"}),
    # Nobody signed in. Who made a link stands in the journal; when a calendar asks, its person does not even know.
    "of whoever holds its secret address, for whom it was made": frozenset(
        {"/answer/<token>", "/answer/<token>/prescription.pdf", f"{V1}/calendars/<token>.ics"}
    ),
    "everyday work with places, page by page on a screen: what stands there is about places": frozenset(
        {
            *(f"{V1}/audits", f"{V1}/audits/<uuid:audit_id>", f"{V1}/audits/<uuid:audit_id>/photos"),
            *(f"{V1}/coverage", f"{V1}/coverage/settlements", f"{V1}/reports", f"{V1}/reviews"),
            *(f"{V1}/duplicates", f"{V1}/duplicates/<uuid:pair_id>", f"{V1}/intake", f"{V1}/prescriptions"),
            *(f"{V1}/facilities", f"{V1}/facilities/<uuid:facility_id>", f"{V1}/geocodes"),
            *(f"{V1}/facilities/<uuid:facility_id>/{each}" for each in ("fixes", "passport", "priority")),
            *(f"{V1}/facilities/<uuid:facility_id>/use-records", f"{V1}/use-records/<uuid:record_id>"),
            *(f"{V1}/fines", f"{V1}/fines/<uuid:fine_id>", f"{V1}/followups"),
            *(f"{V1}/offices", f"{V1}/offices/<uuid:office_id>"),
            *(f"{V1}/position-questions", f"{V1}/position-questions/<uuid:question_id>"),
            *(f"{V1}/ranks", f"{V1}/ranks/attested-zeros", f"{V1}/ranks/unvisited"),
            *(f"{V1}/violations", f"{V1}/violations/<uuid:violation_id>"),
            *(f"{V1}/tiles.json", f"{V1}/tiles/<int:z>/<int:x>/<int:y>.mvt"),
        }
    ),
    # The originals, with what a camera wrote and perhaps a face in full size, are served to nobody.
    "a photo as a copy without anything the camera wrote, or what is said of it": frozenset(
        {f"{V1}/photos/<uuid:photo_id>{more}" for more in ("", "/image", "/thumbnail")}
    ),
    # A tablet holds what its inspector's districts hold, by its grants; it may ask every few seconds.
    "what a tablet holds to work offline": frozenset(
        {*(f"/sync/<name>/<int:version>/{each}" for each in ("digest", "pull", "pullStream")), "/sync/pullStream"}
    ),
}
