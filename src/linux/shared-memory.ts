/** A file as memory that several processes see, also after the one that wrote it has died. */
import { closeSync, constants, openSync } from 'node:fs'
import koffi from 'koffi'
import { lastErrno, mmap, munmap, posixFallocate, SystemError } from './libc.ts'

const PROT_READ_WRITE = 3
const MAP_SHARED = 1
const MAP_ANONYMOUS = 32

export interface SharedMemory {
  readonly view: DataView
  close(): void
}

const mapped = (size: number, flags: number, fd: number): SharedMemory => {
  const address = mmap(0n, size, PROT_READ_WRITE, flags, fd, 0)
  if (address === 0n || address === 0xffff_ffff_ffff_ffffn) throw new SystemError('mmap', lastErrno())
  return { view: new DataView(koffi.view(address, size)), close: () => void munmap(address, size) }
}

/**
 * The file has its room on the disk when this returns: a write to a hole that a full disk cannot fill would kill the process (SIGBUS).
 * Where there is none it is memory of this process alone, and empty.
 * @throws SystemError when it cannot be mapped
 */
export const mapFile = (path: string, size: number): SharedMemory => {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    const isThere = posixFallocate(fd, 0, size) === 0
    return isThere ? mapped(size, MAP_SHARED, fd) : mapped(size, MAP_SHARED | MAP_ANONYMOUS, -1)
  } finally {
    closeSync(fd)
  }
}
