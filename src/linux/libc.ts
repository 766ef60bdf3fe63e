import koffi from 'koffi'
import { Fault, exhaustedFault } from '#core/errors.ts'

const libc = koffi.load('libc.so.6')

// koffi types every function as `any`; the annotation beside each definition is the one place that states the JavaScript side.

export const socket: (domain: number, type: number, protocol: number) => number = libc.func(
  'int socket(int domain, int type, int protocol)',
)
export const bindSocket: (fd: number, address: Uint8Array, length: number) => number = libc.func(
  'int bind(int fd, void *address, uint32_t length)',
)
export const getsockname: (fd: number, address: Uint8Array, length: Uint8Array) => number = libc.func(
  'int getsockname(int fd, void *address, void *length)',
)
export const connectSocket: (fd: number, address: Uint8Array, length: number) => number = libc.func(
  'int connect(int fd, void *address, uint32_t length)',
)
export const listenSocket: (fd: number, backlog: number) => number = libc.func('int listen(int fd, int backlog)')
export const accept4: (fd: number, address: Uint8Array, length: Uint8Array, flags: number) => number = libc.func(
  'int accept4(int fd, void *address, void *length, int flags)',
)
export const setsockopt: (fd: number, level: number, option: number, value: Uint8Array, length: number) => number =
  libc.func('int setsockopt(int fd, int level, int option, void *value, uint32_t length)')
export const getsockopt: (fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array) => number =
  libc.func('int getsockopt(int fd, int level, int option, void *value, void *length)')
export const send: (fd: number, data: Uint8Array, length: number, flags: number) => number = libc.func(
  'intptr_t send(int fd, void *data, size_t length, int flags)',
)
export const sendto: (
  fd: number,
  data: Uint8Array,
  length: number,
  flags: number,
  address: Uint8Array,
  addressLength: number,
) => number = libc.func(
  'intptr_t sendto(int fd, void *data, size_t length, int flags, void *address, uint32_t addressLength)',
)
export const recv: (fd: number, data: Uint8Array, length: number, flags: number) => number = libc.func(
  'intptr_t recv(int fd, void *data, size_t length, int flags)',
)
export const recvmmsg: (fd: number, messages: bigint, count: number, flags: number, timeout: null) => number =
  libc.func('int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)')
export const sendmsg: (fd: number, message: bigint, flags: number) => number = libc.func(
  'intptr_t sendmsg(int fd, void *message, int flags)',
)
export const fcntl: (fd: number, command: number, argument: number) => number = libc.func(
  'int fcntl(int fd, int command, long argument)',
)
export const ioctl: (fd: number, request: number, argument: Uint8Array) => number = libc.func(
  'int ioctl(int fd, unsigned long request, void *argument)',
)
export const mmap: (
  address: bigint,
  size: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => bigint = libc.func(
  'uintptr_t mmap(uintptr_t address, size_t size, int protection, int flags, int fd, long offset)',
)
export const munmap: (address: bigint, size: number) => number = libc.func('int munmap(uintptr_t address, size_t size)')
/** Returns the error number itself. */
export const posixFallocate: (fd: number, offset: number, size: number) => number = libc.func(
  'int posix_fallocate(int fd, long offset, long size)',
)
export const open: (path: string, flags: number) => number = libc.func('int open(const char *path, int flags)')
export const close: (fd: number) => number = libc.func('int close(int fd)')
export const setns: (fd: number, kind: number) => number = libc.func('int setns(int fd, int kind)')
export const memfdCreate: (name: string, flags: number) => number = libc.func(
  'int memfd_create(const char *name, unsigned int flags)',
)
export const mallocTrim: (pad: number) => number = libc.func('int malloc_trim(size_t pad)') as (pad: number) => number
export const prctl: (option: number, a: number, b: number, c: number, d: number) => number = libc.func(
  'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
)
export const schedSetscheduler: (pid: number, policy: number, parameters: Uint8Array) => number = libc.func(
  'int sched_setscheduler(int pid, int policy, void *parameters)',
)
export const schedSetaffinity: (pid: number, size: number, mask: Uint8Array) => number = libc.func(
  'int sched_setaffinity(int pid, size_t size, void *mask)',
)
/** Returns the error number itself. */
export const pthreadSigmask: (how: number, set: Uint8Array, old: Uint8Array | null) => number = libc.func(
  'int pthread_sigmask(int how, void *set, void *old)',
)
const strerror: (error: number) => string = libc.func('const char *strerror(int error)')

/** Error numbers by name, e.g. `errno.EAGAIN`. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  ENXIO: 6,
  EAGAIN: 11,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EMSGSIZE: 90,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENOBUFS: 105,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  EINPROGRESS: 115,
} as const

/** The error number of the last call on this thread; read it before anything else calls into C. */
export const lastErrno = (): number => koffi.errno()

/** The C library's sentence for an error number, e.g. `Operation not permitted`. */
export const errnoText = (error: number): string => strerror(error)

/** A system call that failed: `call`, `errno` and the C library's sentence. */
export class SystemError extends Error {
  readonly call: string
  readonly errno: number

  constructor(call: string, error: number) {
    super(`${call}: ${errnoText(error)}`)
    this.name = 'SystemError'
    this.call = call
    this.errno = error
  }
}

/**
 * Passes a system call's non-negative result through.
 * @throws Fault `privileges-missing` for EPERM and EACCES, `resources-exhausted` for EMFILE and ENFILE, {@link SystemError} otherwise
 */
export const must = (call: string, result: number): number => {
  if (result >= 0) return result
  const error = lastErrno()
  if (error === errno.EPERM || error === errno.EACCES)
    throw new Fault('privileges-missing', `The kernel refused ${call}: ${errnoText(error)}.`)
  const lack = error === errno.EMFILE ? 'EMFILE' : error === errno.ENFILE ? 'ENFILE' : ''
  throw exhaustedFault(lack, call) ?? new SystemError(call, error)
}

/** Sets an integer socket option. Units and meaning are the option's own. */
export const setIntOption = (fd: number, level: number, option: number, value: number): number => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value, true)
  return setsockopt(fd, level, option, bytes, 4)
}

const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVBUFFORCE = 33
/** Asks for a receive buffer in bytes; without capability in the initial namespace the kernel's limit applies silently. */
export const setReceiveBuffer = (fd: number, bytes: number): void => {
  if (setIntOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0) setIntOption(fd, SOL_SOCKET, SO_RCVBUF, bytes)
}

const SO_SNDBUF = 7
const SO_SNDBUFFORCE = 32
/** The same for what is sent. */
export const setSendBuffer = (fd: number, bytes: number): void => {
  if (setIntOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes) < 0) setIntOption(fd, SOL_SOCKET, SO_SNDBUF, bytes)
}

/** Memory that does not move, for structures that point to each other. Not zeroed. */
export class StableMemory {
  readonly address: bigint
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(size: number) {
    const pointer: unknown = koffi.alloc('uint8_t', size)
    if (typeof pointer !== 'bigint') throw new TypeError('koffi.alloc did not return an address')
    this.address = pointer
    const buffer = koffi.view(pointer, size)
    this.bytes = new Uint8Array(buffer)
    this.view = new DataView(buffer)
  }

  /** The views are dead afterwards; nothing may touch them. */
  free(): void {
    koffi.free(this.address)
  }
}
