"""Each SMS provider behind the contract of `sms_gateway.provider`, and what they share."""
