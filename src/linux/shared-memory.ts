/** A file as memory that several processes see, also after the one that wrote it has died. */
import { closeSync, constants, ftruncateSync, openSync } from 'node:fs'
import koffi from 'koffi'
import { lastErrno, mmap, munmap, SystemError } from './libc.ts'

const PROT_READ_WRITE = 3
const MAP_SHARED = 1

export interface SharedMemory {
  readonly view: DataView
  close(): void
}

/** @throws SystemError when the file cannot be mapped */
export const mapFile = (path: string, size: number): SharedMemory => {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    ftruncateSync(fd, size)
    const address = mmap(0n, size, PROT_READ_WRITE, MAP_SHARED, fd, 0)
    if (address === 0n || address === 0xffff_ffff_ffff_ffffn) throw new SystemError('mmap', lastErrno())
    return { view: new DataView(koffi.view(address, size)), close: () => void munmap(address, size) }
  } finally {
    closeSync(fd)
  }
}
