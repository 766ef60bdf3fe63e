/** Texts of CIP paths and PCCC addresses. */
import { Interned } from '#core/intern.ts'
import { Text } from '../text.ts'

const interned = new Interned()

/** The longest path has 510 bytes of two-byte segments, each at most `[255]` as text. */
const capacity = 2048

export const newText = (): Text => new Text(capacity, (bytes, from, to) => interned.text(bytes, from, to))
