/** Short names of vendors, and the companies of each, which registries write in many ways. Vendors of plants stand first. */

const vendors: readonly (readonly [short: string, company: RegExp])[] = [
  ['Siemens', /^siemens(?!.*\b(?:healthcare|home & office|icm|telecommunication))/],
  ['RuggedCom', /^ruggedcom/],
  ['Rockwell Automation', /^(?:rockwell automation|allen-bradley)/],
  ['Schneider Electric', /^(?:schneider[ -]electric|telemecanique|modicon|groupe schneider)/],
  ['Phoenix Contact', /^phoenix contact/],
  ['WAGO', /^wago\b/],
  ['Beckhoff', /^beckhoff/],
  ['Moxa', /^moxa\b/],
  ['Hirschmann', /^(?:richard )?hirschmann (?:automation|gmbh)|^belden hirschmann/],
  ['Westermo', /^westermo/],
  ['GarrettCom', /^garrettcom/],
  ['ABB', /^abb\b/],
  ['B&R', /^(?:b&r|bernecker)/],
  ['Omron', /^omron(?! healthcare)/],
  ['Mitsubishi Electric', /^mitsubishi electric\b/],
  ['Yokogawa', /^yokogawa/],
  ['Honeywell', /^honeywell/],
  ['Emerson', /^(?:emerson\b|fisher-rosemount|rosemount)/],
  ['GE', /^(?:ge (?:fanuc|multilin|energy|vernova|digital)|general electric)/],
  ['Fanuc', /^fanuc/],
  ['KUKA', /^kuka\b/],
  ['Yaskawa', /^yaskawa/],
  ['Keyence', /^keyence/],
  ['Panasonic', /^panasonic/],
  ['Delta Electronics', /^delta electronics/],
  ['Schweitzer Engineering', /^schweitzer engineering/],
  ['Eaton', /^eaton\b/],
  ['Bosch Rexroth', /^bosch rexroth/],
  ['Bosch', /^(?:robert )?bosch\b/],
  ['Pilz', /^pilz\b/],
  ['SICK', /^sick ag/],
  ['Pepperl+Fuchs', /^pepperl/],
  ['Turck', /^(?:hans )?turck\b/],
  ['Festo', /^festo\b/],
  ['Lenze', /^lenze\b/],
  ['SEW-Eurodrive', /^sew-eurodrive/],
  ['Danfoss', /^danfoss/],
  ['Endress+Hauser', /^endress/],
  ['Weidmüller', /^weidm(?:ü|ue)ller/],
  ['HMS', /^hms industrial/],
  ['Hilscher', /^hilscher/],
  ['Red Lion', /^(?:red lion|n-tron|sixnet)/],
  ['Advantech', /^advantech/],
  ['Lantronix', /^lantronix/],
  ['Digi', /^digi international/],
  ['APC', /^(?:apc by|american power conversion)/],
  ['Rittal', /^rittal/],
  ['Axis', /^axis communications/],
  ['Hikvision', /hikvision/],
  ['Dahua', /^zhejiang dahua/],
  ['Cisco', /^cisco\b/],
  ['HP', /^(?:hewlett[ -]packard|hp inc)/],
  ['Dell', /^dell\b/],
  ['VMware', /^vmware/],
  ['Intel', /^intel\b/],
  ['Fortinet', /^fortinet/],
  ['Microsoft', /^microsoft/],
  ['Raspberry Pi', /^raspberry pi/],
]

/** What companies are, and where: not what they are called. */
const legalForms =
  /[,\s]+(?:inc|incorporated|corp|corporation|co|company|ltd|limited|llc|lp|gmbh|kg|kgaa|ag|se|sa|s\.a|srl|s\.r\.l|spa|s\.p\.a|bv|b\.v|nv|n\.v|oy|ab|a\/s|as|plc|pte|pty|sdn|bhd)\.?$/i

/** The short name of a vendor that is known; undefined for others. */
export const knownVendor = (vendor: string): string | undefined => {
  const company = vendor.trim().toLowerCase()
  return vendors.find(([, pattern]) => pattern.test(company))?.[0]
}

/** Such as `Siemens` for `Siemens Numerical Control Ltd., Nanjing`; of vendors that are not known, the name without its legal form. */
export const shortVendor = (vendor: string): string => {
  const known = knownVendor(vendor)
  if (known !== undefined) return known
  let name = vendor.trim()
  for (let left = 4; left > 0; left--) {
    const shorter = name.replace(/[.,\s&]+$/, '').replace(legalForms, '')
    if (shorter === name || shorter === '') break
    name = shorter
  }
  return name
}
