/** The live view on a terminal. */
import type { Message } from '../messages.ts'
import { layout } from './layout.ts'
import { emptyModel, receive } from './model.ts'
import { Screen, type Terminal } from './screen.ts'
import { toAnsi } from './text.ts'

/** A way to show the plant. */
export interface View {
  show(message: Message): void
  /** Shows no more; the terminal is as it was. */
  close(): void
}

/** ms between two pictures; the eye needs no more, and a slow line gets no more. */
const frameMs = 100

export const liveView = (terminal: Terminal, { colour }: { readonly colour: boolean }): View => {
  const begin = Date.now()
  let model = emptyModel
  const screen = new Screen(terminal, () => draw())
  const draw = (): void => {
    const { width, height } = screen
    const lines = layout(model, { width, height }, Date.now() - begin, Date.now())
    screen.draw(lines.map((line) => toAnsi(line, colour)))
  }
  const frames = setInterval(draw, frameMs)
  const close = (): void => screen.close()
  const refresh = (): void => screen.refresh()
  // However the process ends, the terminal is given back; after Ctrl-Z and fg it is drawn anew.
  process.on('exit', close)
  process.on('SIGCONT', refresh)
  draw()
  return {
    show: (message) => {
      model = receive(model, message)
    },
    close: () => {
      clearInterval(frames)
      process.off('exit', close)
      process.off('SIGCONT', refresh)
      screen.close()
    },
  }
}
