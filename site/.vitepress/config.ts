import { join } from 'node:path'
import { slug } from 'github-slugger'
import { defineConfig } from 'vitepress'
import { coloursAsClasses } from '../colours.ts'
import { linksWithinTheSite } from '../links.ts'
import { picturesWithSizes } from '../pictures.ts'
import { sidebar } from '../sidebar.ts'

const pages = join(import.meta.dirname, '../.pages')

export default defineConfig({
  title: 'Espalier',
  description: 'Experiments in network compression: a typed pipeline language and what runs it',
  lang: 'en',
  srcDir: pages,
  outDir: join(import.meta.dirname, '../dist'),
  cacheDir: join(import.meta.dirname, '../.pages/.cache'),
  head: [['link', { rel: 'icon', href: '/icon.svg' }]],
  markdown: {
    config: (md) => {
      picturesWithSizes(md)
      linksWithinTheSite(md)
    },
    // Anchors are the same here as where the files are read on a forge.
    anchor: { slugify: (text) => slug(text) },
    codeTransformers: [coloursAsClasses],
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  // The index of the search is one chunk, loaded when somebody searches.
  vite: { build: { target: 'es2022', chunkSizeWarningLimit: 1000, assetsInlineLimit: 0 } },
  themeConfig: {
    logo: '/icon.svg',
    search: { provider: 'local' },
    outline: [2, 3],
    sidebar: sidebar(pages),
  },
})
