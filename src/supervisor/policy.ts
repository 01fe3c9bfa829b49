/**
 * The supervisor is confined like any service: by a policy. It is Node with pipes to the gates; it opens nothing but
 * what Node itself opens to come up, starts no program and no socket, and has no memory that is writable and
 * executable, which is why it runs without a just-in-time compiler.
 */
export const SUPERVISOR_POLICY = `
portcullis: 1
service: supervisor
description: prints what the gates say and passes on the order to stop
run: [/usr/bin/node]
user: nobody
rlimits:
  as: unlimited
  cpu: unlimited
  data: unlimited
  fsize: unlimited # standard output may be a file
  nofile: 4096
  nproc: unlimited
  stack: 8MiB
seccomp:
  default: errno(EPERM)
  rules:
    - "@start"
    - "@stdio"
    - "@events"
    - "@read-files"
    - "@threads"
    - "@identity"
    - "@time"
    - "@signal-self"
    - uname
    - sysinfo
    - capget
    - ioctl(cmd in {TCGETS, TIOCGWINSZ, FIONBIO, FIOCLEX})
    - prctl(option == PR_SET_NAME)
    - sched_getscheduler(pid == 0)
    # standard output and error may be sockets, which Node asks for their kind
    - getsockname(fd in {1, 2})
    - getsockopt(fd in {1, 2}, level == SOL_SOCKET, optname == SO_TYPE)
`;
