"""Tests of how the page is made."""
