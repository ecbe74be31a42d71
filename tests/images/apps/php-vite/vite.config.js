// As the plug-in of Laravel does: the pages are below public, and PHP finds them by the manifest.
export default {
  publicDir: false,
  build: { outDir: 'public/build', manifest: 'manifest.json', rollupOptions: { input: 'resources/app.js' } },
}
