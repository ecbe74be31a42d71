<?php

namespace Acme;

final class Greeting
{
    public static function for(string $name): string
    {
        return "Hello from $name\n";
    }
}
