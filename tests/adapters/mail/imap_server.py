"""A small IMAP server with one folder, for the bounce mailbox: mails are deleted when they are expunged."""

import re
import socketserver
import threading


class ImapServer:
    """Start it, read `port`, stop it. `mails` is what lies in the folder, `said` every command."""

    def __init__(self, *mails, folder="INBOX", password="secret"):
        self.mails = dict(enumerate(mails, start=11))
        self.said, self.deleted = [], set()
        self.folder, self.password = folder, password
        session = type("Session", (_Session,), {"box": self})
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), session)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("* OK sandbox")
        for raw in self.rfile:
            tag, _, command = raw.decode().strip().partition(" ")
            self.box.said.append(command)
            is_fine = self._act(command)
            self._say(f"{tag} {'OK' if is_fine else 'NO'} done")
            if command == "LOGOUT":
                return

    def _act(self, command):
        box = self.box
        if command == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        elif command.startswith("LOGIN"):
            return f'"{box.password}"' in command
        elif command.startswith("SELECT"):
            self._say(f"* {len(box.mails)} EXISTS")
            return f'"{box.folder}"' in command
        elif command == "UID SEARCH ALL":
            self._say(" ".join(["* SEARCH", *map(str, box.mails)]))
        elif found := re.fullmatch(r"UID FETCH (\d+) \(RFC822\.SIZE\)", command):
            self._say(f"* 1 FETCH (UID {found[1]} RFC822.SIZE {len(box.mails[int(found[1])])})")
        elif found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]\)", command):
            mail = box.mails[int(found[1])]
            self.wfile.write(b"* 1 FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (int(found[1]), len(mail), mail))
        elif found := re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \(\\Deleted\)", command):
            box.deleted.add(int(found[1]))
        elif command == "EXPUNGE":
            box.mails = {number: mail for number, mail in box.mails.items() if number not in box.deleted}
        return True

    def _say(self, line):
        self.wfile.write(f"{line}\r\n".encode())
