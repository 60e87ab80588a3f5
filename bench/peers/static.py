"""The limit of the server itself: reads the request, answers 200, does nothing."""

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
END = {"type": "http.response.body", "body": b""}


async def app(_scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send(START)
    await send(END)
