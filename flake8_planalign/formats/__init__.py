"""Texts to typed nodes with positions; a format knows no view."""
