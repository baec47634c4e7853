"""
The web: newsroom (editors) and public pages, one Starlette application.

`app.create_app(assembly)` puts together: `public.routes(assembly)` and `newsroom.routes(assembly)`
(both return a list of Starlette routes; the newsroom's all lie below `/newsroom`, static files
below `/static`), `request.app.state.assembly`, the security headers and error pages. Every response
gets a fresh `request.state.nonce` for its Content-Security-Policy; a response that sets its own
`Content-Security-Policy` (the preview's) keeps it. Sessions and roles are the newsroom's business
(`sessions.py`, `newsroom/doors.py`); CSRF and body limits are `security.py`'s, for all routes alike.
"""
