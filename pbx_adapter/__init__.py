"""Asterisk, FreePBX, any SIP PBX → calls; commands → Asterisk."""
