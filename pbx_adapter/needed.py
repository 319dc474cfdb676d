"""Which of a PBX's events are needed, by the call tracker and the queues; the link decodes no others.

Three of four events of an AMI user who may read everything tell nothing about a call: variables of
the dialplan, the state of devices and of queues' members, statistics of media, logins. All others
pass, known or not, for each may be the first to tell that a caller has moved to another context.
Variables can't be: whoever is shown them is shown each step of the dialplan (Newexten) as well.
Where somebody watches the queues, the state of their members is needed besides.

Source: events of Asterisk 16 and 22; see `docs/asterisk.md`.
"""

from pbx_adapter.caller import VARIABLES
from pbx_adapter.frames import EventFilter

_NOTHING_OF_CALLS = (
    *("TestEvent", "RTCPSent", "RTCPReceived"),
    *("QueueMemberPenalty", "QueueMemberRinginuse"),
    *("DeviceStateChange", "ExtensionStatus", "PresenceStatus", "PresenceStateChange"),
    *("ContactStatus", "ContactStatusDetail", "PeerStatus", "Registry", "EndpointList"),
    *("SuccessfulAuth", "ChallengeSent", "ChallengeResponseFailed", "InvalidAccountID"),
    *("BridgeCreate", "BridgeDestroy", "ChannelTalkingStart", "ChannelTalkingStop"),
)

_OF_MEMBERS = ("QueueMemberStatus", "QueueMemberPause")

FOR_CALLS = EventFilter(without=(*_NOTHING_OF_CALLS, *_OF_MEMBERS), variables=VARIABLES)
FOR_QUEUES_TOO = EventFilter(without=_NOTHING_OF_CALLS, variables=VARIABLES)
