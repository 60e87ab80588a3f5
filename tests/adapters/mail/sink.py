"""A real SMTP server that keeps what it takes and refuses what it is told to."""

import asyncio
import socket
import threading
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Sink:
    """`refusals` maps an address, or the name of a step, to an answer such as `550 no`; `drop` hangs up instead."""

    def __init__(self, *, tls=None, login=None):
        self.mails, self.senders, self.refusals = [], [], {}
        self.connections = 0
        self._tls, self._login = tls, login
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(5)

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def parsed(self):
        return [message_from_bytes(mail, policy=default) for mail in self.mails]

    def hang_up_on_everyone(self):
        done = threading.Event()

        def close_all():
            for transport in self._transports:
                transport.close()
            done.set()

        self._loop.call_soon_threadsafe(close_all)
        done.wait(5)

    # What aiosmtpd asks

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802  — aiosmtpd asks by this name
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        self.senders.append((address, options))
        return self._answer("MAIL", server) or "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  — aiosmtpd asks by this name
        refusal = self._answer(address, server)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  — aiosmtpd asks by this name
        refusal = self._answer("DATA", server)
        if refusal is None:
            self.mails.append(envelope.content)
        return refusal or "250 OK"

    def authenticate(self, server, session, envelope, mechanism, data):
        known = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self._login
        return AuthResult(success=known, handled=False)

    def _answer(self, step, server):
        answer = self.refusals.get(step)
        if answer == "drop":
            server.transport.abort()
            return "451 too late"
        return answer

    # Its life

    def _serve(self, ready):
        asyncio.set_event_loop(self._loop)
        self._transports = []
        server = self._loop.run_until_complete(self._loop.create_server(self._session, sock=self._listener))
        ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for transport in self._transports:
                transport.abort()
            self._loop.run_until_complete(asyncio.sleep(0.01))
            self._loop.close()

    def _session(self):
        sink = self

        class Session(SMTP):
            def connection_made(self, transport):
                sink.connections += 1
                sink._transports.append(transport)
                super().connection_made(transport)

        return Session(
            self,
            hostname="sink.example",
            enable_SMTPUTF8=True,
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            authenticator=self.authenticate if self._login else None,
            auth_required=self._login is not None,
            auth_require_tls=self._tls is not None,
            loop=self._loop,
        )
