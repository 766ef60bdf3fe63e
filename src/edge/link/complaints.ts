/** What a manager sent that no manager should: told as tampering, bounded, because P0 is never dropped. Pure: time comes in. */

const everyMs = 60_000

/** @param tell writes one down */
export const complaints = (tell: (text: string) => void, now: () => number = () => performance.now()) => {
  let told = Number.NEGATIVE_INFINITY
  let more = 0
  return (what: string): void => {
    if (now() - told < everyMs) {
      more++
      return
    }
    const rest = more === 0 ? '' : ` ${more} more like it were refused since the last that was told.`
    told = now()
    more = 0
    tell(`What came from the manager was refused and changes nothing: ${what}.${rest}`)
  }
}
export type Complain = ReturnType<typeof complaints>
