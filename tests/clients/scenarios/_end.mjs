await sdk.shutdown();
