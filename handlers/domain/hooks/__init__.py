"""Hooks: functions of the owner that a deployment asks at certain points before it goes on."""
