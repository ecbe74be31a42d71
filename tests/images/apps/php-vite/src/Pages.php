<?php

namespace Acme;

final class Pages
{
    /** The text of a script by the manifest that Vite has written. */
    public static function script(string $name): string
    {
        $folder = __DIR__ . '/../public/build';
        $pages = json_decode(file_get_contents("$folder/manifest.json"), true);

        return file_get_contents($folder . '/' . $pages[$name]['file']);
    }
}
