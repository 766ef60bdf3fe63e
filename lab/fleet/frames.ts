/** Frames from the manager, checked; one that many edges get is parsed once. */
import { ToEdge } from '#schema/link-frames.ts'

const most = 32

/** @returns of a text: the frame, or nothing when it is none */
export const frameReader = (): ((text: string) => ToEdge | undefined) => {
  const known = new Map<string, ToEdge>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return undefined
    }
    const frame = ToEdge.safeParse(value).data
    if (frame?.type === 'state' && frame.snapshot === undefined) {
      if (known.size >= most) known.clear()
      known.set(text, frame)
    }
    return frame
  }
}
