"""The calendars that a company's staff look at: bookings are written there, what blocks time is read.

Source: RFC 4791 (CalDAV), RFC 4918 (WebDAV). Why no library: docs/decisions/0015.
"""
