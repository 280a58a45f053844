"""The bundle: the zip that a release arrives in, judged before anything of it is unpacked."""
