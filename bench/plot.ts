export interface Bar {
  readonly name: string;
  readonly value: number;
}

const [WIDTH, LABELS, NUMBERS, ROW, TOP] = [720, 190, 60, 28, 44];

/** Colours follow the reader's light or dark mode. */
const STYLE = `
  text { font: 14px sans-serif; fill: #24292f }
  rect { fill: #8c959f }
  .gate { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    rect { fill: #6e7681 }
    .gate { fill: #4493f8 }
  }
`;

/** Horizontal bars as SVG, the longest as wide as there is room. */
export function plot(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ name, value }, index) => {
    const y = TOP + index * ROW;
    const length = ((WIDTH - LABELS - NUMBERS) * value) / most;
    return [
      `<text x="${LABELS - 10}" y="${y + 15}" text-anchor="end">${name}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="20" class="${name.startsWith('gate') ? 'gate' : 'peer'}"/>`,
      `<text x="${(LABELS + length + 8).toFixed(1)}" y="${y + 15}">${value.toFixed(2)}</text>`,
    ].join('\n');
  });
  const height = TOP + bars.length * ROW + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">`,
    `<style>${STYLE}</style>`,
    `<text x="10" y="24">${title}</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}
