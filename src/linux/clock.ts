/** What the kernel says about the clock of the machine: adjtimex(2). Reading needs no privileges. */
import koffi from 'koffi'

/** `struct timex` has 208 bytes on 64-bit machines; `modes` 0 changes nothing. */
const timexSize = 208
/** The state that stands for a clock that nobody keeps right. */
const TIME_ERROR = 5

let adjtimex: ((timex: Uint8Array) => number) | undefined

/** Whether something, such as an NTP client, keeps the clock right and has told the kernel so. */
export const isClockKept = (): boolean => {
  adjtimex ??= koffi.load('libc.so.6').func('int adjtimex(void *timex)') as (timex: Uint8Array) => number
  const state = adjtimex(new Uint8Array(timexSize))
  return state >= 0 && state !== TIME_ERROR
}
