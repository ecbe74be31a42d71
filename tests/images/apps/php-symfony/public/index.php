<?php

require __DIR__ . '/../vendor/autoload.php';

// As Symfony does in production: the compiled container or nothing, for every path that is no file.
$container = require __DIR__ . '/../var/cache/prod/container.php';
header('Content-Type: text/plain');
echo $container['APP_ENV'] === getenv('APP_ENV') ? App\Greeting::text() : '';
