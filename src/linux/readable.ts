import koffi from 'koffi'

export interface Watch {
  close(): void
}

/**
 * Calls `onReady` from the event loop whenever `fd` is ready. The descriptor joins libuv's own epoll set: no thread waits, and an
 * idle descriptor costs nothing. Level-triggered, so `onReady` may leave work for the next turn. Close the watch before the
 * descriptor; one watch per descriptor.
 */
const watch = (fd: number, event: 'readable' | 'writable', onReady: () => void): Watch => {
  let scheduled: NodeJS.Immediate | undefined
  let stopped = false
  const ready = (...report: unknown[]) => {
    // libuv stops watching a descriptor that has an error, and reports it without an event. A netlink socket has one whenever
    // the kernel threw something away; reading it clears it.
    if (!report.some((part) => typeof part === 'object' && part !== null && Reflect.get(part, event) === true))
      stopped = true
    // This runs outside Node's callback scope: no microtasks, no uncaughtException. setImmediate follows in the same turn of the
    // loop and has both.
    scheduled ??= setImmediate(() => {
      scheduled = undefined
      onReady()
      if (!stopped || closed) return
      stopped = false
      handle.start({ [event]: true }, ready)
    })
  }
  const handle = koffi.node.poll(fd, { [event]: true }, ready)
  let closed = false
  return {
    close: () => {
      if (closed) return
      closed = true
      if (scheduled !== undefined) clearImmediate(scheduled)
      handle.close()
    },
  }
}

/** Calls `onReadable` whenever `fd` has something to read, see {@link watch}. */
export const watchReadable = (fd: number, onReadable: () => void): Watch => watch(fd, 'readable', onReadable)
/** Calls `onWritable` whenever `fd` can be written or has failed, see {@link watch}. */
export const watchWritable = (fd: number, onWritable: () => void): Watch => watch(fd, 'writable', onWritable)
