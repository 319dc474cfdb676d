"""The ways in which a company's calls reach us. Pure."""

from enum import StrEnum


class PbxKind(StrEnum):
    """How a PBX tells its calls."""

    AMI = "ami"  # Asterisk or FreePBX, which we connect to
    EDGE = "edge"  # `ringback edge` beside an Asterisk that we can't reach, over MQTT
    SIP = "sip"  # any other: unanswered calls are forwarded to an extension that we register as
