"""A POP3 server over the sandbox's mailbox: whoever logs in as `name@host` fetches the mails to it and to `name+…@host`."""

import socketserver
import threading
from collections.abc import Callable

from plugin.sandbox.mailbox import Mail, Mailbox


class PopServer:
    """Start it, read `port`, stop it. Any password will do; there is nothing here to protect."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _session(mailbox), bind_and_activate=True)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="sandbox-pop", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Session(socketserver.StreamRequestHandler):
    mailbox: Mailbox

    def setup(self) -> None:
        super().setup()
        self.mails: list[Mail] = []
        self.deleted: set[int] = set()

    def handle(self) -> None:
        self._say("+OK sandbox")
        answers: dict[str, Callable[[str], None]] = {
            "USER": self._user,
            "PASS": lambda _: self._say(f"+OK {len(self.mails)} mails"),
            "STAT": lambda _: self._say(f"+OK {len(self.mails)} {sum(len(mail.raw) for mail in self.mails)}"),
            "LIST": self._list,
            "RETR": self._retrieve,
            "DELE": self._delete,
        }
        for line in self.rfile:
            command, _, rest = line.decode("ascii", "replace").strip().partition(" ")
            if command.upper() == "QUIT":
                self._quit()
                return
            answers.get(command.upper(), self._refuse)(rest)

    def _user(self, name: str) -> None:
        local, _, host = name.lower().rpartition("@")
        self.mails = [mail for mail in self.mailbox.messages() if _is_for(mail, local, host)]
        self._say("+OK")

    def _list(self, _: str) -> None:
        self._say("+OK", *(f"{number} {len(mail.raw)}" for number, mail in enumerate(self.mails, start=1)), ".")

    def _retrieve(self, number: str) -> None:
        lines = self.mails[int(number) - 1].raw.decode("utf-8", "surrogateescape").splitlines()
        self._say("+OK", *(f".{line}" if line.startswith(".") else line for line in lines), ".")

    def _delete(self, number: str) -> None:
        self.deleted.add(int(number) - 1)
        self._say("+OK")

    def _refuse(self, _: str) -> None:
        self._say("-ERR unknown")

    def _quit(self) -> None:
        for number in self.deleted:
            self.mailbox.delete(self.mails[number].id)
        self._say("+OK bye")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape"))


def _session(mailbox: Mailbox) -> type[_Session]:
    return type("Session", (_Session,), {"mailbox": mailbox})


def _is_for(mail: Mail, local: str, host: str) -> bool:
    for recipient in mail.recipients:
        name, _, place = recipient.lower().rpartition("@")
        if place == host and (name == local or name.startswith(f"{local}+")):
            return True
    return False
