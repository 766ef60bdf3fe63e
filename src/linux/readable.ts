import koffi from 'koffi'

export interface Watch {
  close(): void
}

/**
 * Calls `onReadable` from the event loop whenever `fd` has something to read. The descriptor joins libuv's own epoll set: no
 * thread waits, and an idle descriptor costs nothing. Level-triggered, so `onReadable` may leave data for the next turn.
 * Close the watch before the descriptor.
 */
export const watchReadable = (fd: number, onReadable: () => void): Watch => {
  let scheduled: NodeJS.Immediate | undefined
  // The native callback runs outside Node's callback scope: no microtasks, no uncaughtException. setImmediate follows in the
  // same turn of the loop and has both.
  const handle = koffi.node.poll(fd, { readable: true }, () => {
    scheduled ??= setImmediate(() => {
      scheduled = undefined
      onReadable()
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
