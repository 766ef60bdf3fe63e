/** Operating systems by the words in banners and in the names that browsers give themselves. */
import { windowsName } from './windows.ts'

/** First match wins: what says more stands above what says less. */
const systems: readonly (readonly [RegExp, string])[] = [
  [/\bWin(?:dows )?CE\b/i, 'Windows CE'],
  [/for_Windows|\bWindows\b|\bWin(?:32|64)\b|Microsoft-(?:IIS|HTTPAPI)/i, 'Windows'],
  [/\bAndroid\b|\bandroid-/i, 'Android'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bMac OS X\b|\bDarwin\b/, 'macOS'],
  [/\bVxWorks\b/i, 'VxWorks'],
  [/\bQNX\b/i, 'QNX'],
  [/\bNucleus\b/i, 'Nucleus'],
  [/\bThreadX\b/i, 'ThreadX'],
  [/\beCos\b/, 'eCos'],
  [/\bINTEGRITY\b/, 'INTEGRITY'],
  [/\bRaspbian\b/i, 'Raspbian'],
  [/\bUbuntu\b/i, 'Ubuntu'],
  [/\bDebian\b/i, 'Debian'],
  [/\bCentOS\b/i, 'CentOS'],
  [/\bRed Hat\b/i, 'Red Hat'],
  [/\bSUSE\b/i, 'SUSE'],
  [/\bOpenWrt\b/i, 'OpenWrt'],
  [/\b(?:FreeBSD|NetBSD|OpenBSD)\b/i, 'BSD'],
  [/\bLinux\b/i, 'Linux'],
]

/** Windows NT by its version (the browser's, or UPnP's `Microsoft-Windows/6.1`). */
const windows = /\bWindows(?: NT |\/)(\d{1,2})\.(\d{1,2})/

/** The operating system that a text names; empty when it names none. */
export const osIn = (text: string): string => {
  const [, major, minor] = windows.exec(text) ?? []
  const name = major === undefined ? '' : windowsName(Number(major), Number(minor))
  return name === '' ? (systems.find(([pattern]) => pattern.test(text))?.[1] ?? '') : name
}
