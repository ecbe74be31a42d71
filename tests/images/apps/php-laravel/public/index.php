<?php

require __DIR__ . '/../vendor/autoload.php';
$root = require __DIR__ . '/../bootstrap/app.php';

// As Laravel does: the list of packages is read, and views are compiled while the app runs.
require $root . '/bootstrap/cache/packages.php';
$views = getenv('VIEW_COMPILED_PATH');
if (!is_dir($views)) {
    mkdir($views);
}
file_put_contents($views . '/greeting.php', '<?php echo App\Greeting::text();');
header('Content-Type: text/plain');
require $views . '/greeting.php';
