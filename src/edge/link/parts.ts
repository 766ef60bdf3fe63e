/** A snapshot that one frame does not hold comes in several. Nothing is taken before the last: the signed head counts all of them. Pure. */
import { snapshotLimit, type ToEdgeOf } from '#schema/link-frames.ts'
import type { Signed, StateStream } from '#schema/link-objects.ts'

type StateFrame = ToEdgeOf<'state'>

/** @returns takes each frame of a link in turn; gives what is whole, or says what is wrong */
export const joinParts = (): ((frame: StateFrame) => StateFrame | string | undefined) => {
  const begun = new Map<StateStream, { readonly head: string; readonly objects: readonly Signed[] }>()
  return ({ more, ...frame }) => {
    const { stream, snapshot } = frame
    const before = begun.get(stream)
    // Whatever does not go on with it ends it: another snapshot, or a change, from a link that is another one.
    begun.delete(stream)
    if (snapshot === undefined) return more === undefined ? frame : `a change of ${stream} that does not end`
    const objects = before?.head === snapshot.signature ? [...before.objects, ...frame.objects] : frame.objects
    if (objects.length > snapshotLimit) return `a snapshot of ${stream} with more than ${snapshotLimit} objects`
    if (more === undefined) return { ...frame, objects }
    begun.set(stream, { head: snapshot.signature, objects })
    return undefined
  }
}
