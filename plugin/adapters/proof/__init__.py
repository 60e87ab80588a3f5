"""The proof of an order as a PDF: pages.py lays it out, glyphs.py sees that every character of any shop is there."""
