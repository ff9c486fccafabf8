// A terminal as SVG: text with SGR colours, as our program prints it, in a window of its own size.
// Own code: what npm offers for it is unmaintained, and needs a browser to measure text.

const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const SIZE = 14;
/** Width of a cell: whatever font is found, `textLength` stretches it to this. */
const CELL = 8.4;
const LINE = 20;
const MARGIN = 16;

/** Text on its ground has a contrast of 4.5 to 1 or more. */
const THEMES = {
  light: {
    ground: '#ffffff',
    frame: '#d0d7de',
    text: '#1f2328',
    dim: '#59636e',
    1: '#cf222e',
    2: '#116329',
    3: '#7d4e00',
    4: '#0969da',
    5: '#8250df',
    6: '#1b7c83',
  },
  dark: {
    ground: '#0d1117',
    frame: '#3d444d',
    text: '#e6edf3',
    dim: '#9198a1',
    1: '#ff7b72',
    2: '#56d364',
    3: '#e3b341',
    4: '#79c0ff',
    5: '#d2a8ff',
    6: '#39c5cf',
  },
};

export const THEME_NAMES = Object.keys(THEMES);

// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are the subject
const SGR = /\x1b\[([\d;]*)m/g;

/** Pieces of one style: `[{ text, colour, bold }]`; a sequence that is no SGR is an error. */
function piecesOf(line) {
  const pieces = [];
  let style = { colour: 'text', bold: false };
  let end = 0;
  const put = (text) => {
    if (text.includes('\x1b')) throw new Error(`not a colour: ${JSON.stringify(text)}`);
    if (text !== '') pieces.push({ text, ...style });
  };
  for (const match of line.matchAll(SGR)) {
    put(line.slice(end, match.index));
    end = match.index + match[0].length;
    for (const code of match[1].split(';').map(Number)) style = styled(style, code);
  }
  put(line.slice(end));
  return pieces;
}

function styled(style, code) {
  if (code === 0) return { colour: 'text', bold: false };
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, colour: 'dim' };
  if (code === 22) return { colour: style.colour === 'dim' ? 'text' : style.colour, bold: false };
  if (code === 39) return { ...style, colour: 'text' };
  if ((code >= 31 && code <= 36) || (code >= 91 && code <= 96))
    return { ...style, colour: String(code % 10) };
  throw new Error(`a colour that no picture has: ${code}`);
}

/**
 * @param {string} title what the picture shows, for those who can't see it
 * @param {string} text lines with SGR colours
 * @param {'light' | 'dark'} theme
 */
export function terminalSvg(title, text, theme) {
  const colours = THEMES[theme];
  const lines = text.trimEnd().split('\n').map(piecesOf);
  const columns = Math.max(...lines.map((line) => [...line.map((p) => p.text).join('')].length));
  const width = Math.ceil(columns * CELL + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const rows = lines.flatMap((line, row) => drawLine(line, MARGIN + row * LINE + SIZE, colours));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="${colours.ground}" stroke="${colours.frame}"/>`,
    `<g font-family="${FONT}" font-size="${SIZE}" fill="${colours.text}">`,
    ...rows,
    '</g>',
    '</svg>',
  ].join('\n')}\n`;
}

/** One element for each run without two spaces: browsers fold those, whatever `xml:space` says. */
function drawLine(pieces, y, colours) {
  let column = 0;
  return pieces.flatMap(({ text, colour, bold }) => {
    const start = column;
    column += [...text].length;
    const style =
      (colour === 'text' ? '' : ` fill="${colours[colour]}"`) + (bold ? ' font-weight="bold"' : '');
    return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: run, index }) => {
      const x = round(MARGIN + (start + [...text.slice(0, index)].length) * CELL);
      const length = round([...run].length * CELL);
      return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${style}>${escapeXml(run)}</text>`;
    });
  });
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
