/** Records what comes out of a mirror port, as `tcpdump -w` does. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { liveRecords } from '#cli/discover/live.ts'
import { PcapWriter } from '#packet/pcap-writer.ts'
import type { World } from '../world/world.ts'

export interface Recorder {
  /** Ends it. @returns how many frames are in the file, and how many the kernel lost */
  stop(): Promise<{ readonly frames: number; readonly lost: number }>
}

/** @param device interface of the edge's namespace */
export const record = (world: World, device: string, file: string): Recorder => {
  const stopping = new AbortController()
  const writer = new PcapWriter()
  const fd = openSync(file, 'w')
  writeSync(fd, writer.header())
  let [frames, lost] = [0, 0]
  const following = (async () => {
    for await (const batch of liveRecords(device, { signal: stopping.signal, namespace: world.edge })) {
      for (const { bytes, seconds, nanoseconds } of batch.records)
        writeSync(fd, writer.record(bytes, seconds, nanoseconds))
      frames += batch.records.length
      lost += batch.lost
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await following
      closeSync(fd)
      return { frames, lost }
    },
  }
}
