"""Mails to shoppers and merchants: story.py reads the facts, writer.py renders templates/<kind>, letter.py makes a MIME message
of it, transport.py speaks SMTP, notifier.py does one after the other.
"""
