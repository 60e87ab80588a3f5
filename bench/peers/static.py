"""The limit of the server itself: reads the request, answers 200, does nothing."""


def app(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", "0")])
    return ()
