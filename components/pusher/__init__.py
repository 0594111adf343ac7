"""Pusher: publishes a blessed model where a server finds it."""
