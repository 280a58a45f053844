"""What holds for every test, wherever the tests are started from."""

import signal

# Started in the background, a shell has its children ignore Ctrl-C, and they hand that on to theirs:
# to the processes of whose interruption the tests tell.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
