/** Texts of personas with what is each decoy's own put in. */
import type { Identity } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'

/** `{name}`, `{serial}`, `{mac}` (`{MAC}` in capitals), `{address}`, and `{firmware}`, `{model}`, `{vendor}` of the persona. */
export const filled = (
  text: string,
  identity: Identity,
  persona: Pick<Persona, 'firmware' | 'model' | 'vendor'>,
): string =>
  text.replaceAll(/\{(name|serial|mac|MAC|address|firmware|model|vendor)\}/g, (whole, key: string) => {
    if (key === 'firmware' || key === 'model' || key === 'vendor') return persona[key]
    if (key === 'MAC') return identity.mac.toUpperCase()
    if (key === 'name' || key === 'serial' || key === 'mac' || key === 'address') return identity[key]
    return whole
  })
