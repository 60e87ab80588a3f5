"""Texts in the shopper's language: catalogs.py reads the translations, language.py speaks one, shop.py writes the short
texts a shop shows. The mails are written from the same catalogs.
"""
