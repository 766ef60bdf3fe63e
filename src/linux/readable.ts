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
  // The native callback runs outside Node's callback scope: no microtasks, no uncaughtException. setImmediate follows in the
  // same turn of the loop and has both.
  const handle = koffi.node.poll(fd, { [event]: true }, () => {
    scheduled ??= setImmediate(() => {
      scheduled = undefined
      onReady()
    })
  })
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
